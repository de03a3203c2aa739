-- What an id that was only referred to was given to.
UPDATE ids SET content = :content WHERE kind = :kind AND text = :text AND number = :number AND content = 0
